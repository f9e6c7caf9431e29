package org.example.checksum;

import java.util.zip.Checksum;

/** Pure Java implementation of the Adler-32 checksum used by zlib streams. */
public class Adler implements Checksum {

    private static final int BASE = 65521;

    /** Most bytes that can be summed before an int might overflow. */
    private static final int MAX_RUN = 3800;

    private int low = 1;
    private int high;

    @Override
    public void update(int b) {
        low = (low + (b & 0xff)) % BASE;
        high = (high + low) % BASE;
    }

    @Override
    public void update(byte[] data, int offset, int length) {
        int end = offset + length;
        int i = offset;
        while (i < end) {
            int stop = Math.min(end, i + MAX_RUN);
            while (i < stop) {
                low += data[i++] & 0xff;
                high += low;
            }
            low %= BASE;
            high %= BASE;
        }
    }

    @Override
    public long getValue() {
        return ((long) high << 16) | low;
    }

    @Override
    public void reset() {
        low = 1;
        high = 0;
    }
}
