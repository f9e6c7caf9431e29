package org.example.csv;

import java.io.Closeable;
import java.io.IOException;
import java.io.PushbackReader;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/** Reads separated rows, honouring quoted fields that span several lines. */
public final class CsvReader implements Closeable {

  private static final int EOF = -1;
  private final PushbackReader in;
  private final char separator;

  public CsvReader(Reader source, char separator) {
    this.in = new PushbackReader(source, 1);
    this.separator = separator;
  }

  /** Returns the next row, or null once the input is exhausted. */
  public List<String> readRow() throws IOException {
    int c = in.read();
    if (c == EOF) return null;
    List<String> row = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (; c != EOF; c = in.read()) {
      if (quoted) {
        if (c != '"') {
          field.append((char) c);
        } else if (peek() == '"') {
          field.append((char) in.read());
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == separator) {
        row.add(field.toString());
        field.setLength(0);
      } else if (c == '\n') {
        break;
      } else if (c != '\r') {
        field.append((char) c);
      }
    }
    row.add(field.toString());
    return row;
  }

  private int peek() throws IOException {
    int next = in.read();
    if (next != EOF) in.unread(next);
    return next;
  }

  @Override public void close() throws IOException { in.close(); }
}
