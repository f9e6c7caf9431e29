package org.example.debug;

import java.nio.ByteBuffer;

public final class HexDump {
  private static final int BYTES_PER_LINE = 16;
  private static final char[] DIGITS = "0123456789abcdef".toCharArray();

  private HexDump() {}

  /** Renders the bytes between position and limit; the buffer itself is left untouched. */
  public static String dump(ByteBuffer buffer) {
    ByteBuffer view = buffer.duplicate();
    StringBuilder out = new StringBuilder();
    StringBuilder ascii = new StringBuilder(BYTES_PER_LINE);
    while (view.hasRemaining()) {
      out.append(String.format("%08x ", view.position()));
      ascii.setLength(0);
      for (int column = 0; column < BYTES_PER_LINE; column++) {
        if (column == BYTES_PER_LINE / 2) {
          out.append(' ');
        }
        if (!view.hasRemaining()) {
          out.append("   ");
          continue;
        }
        int b = view.get() & 0xff;
        out.append(' ').append(DIGITS[b >>> 4]).append(DIGITS[b & 0x0f]);
        ascii.append(b >= 0x20 && b < 0x7f ? (char) b : '.');
      }
      out.append("  |").append(ascii).append("|\n");
    }
    return out.toString();
  }
}
