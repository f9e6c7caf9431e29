package org.example.codec;

public class Base64Encoder {

    private static final String STANDARD =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private final char[] alphabet;
    private final boolean padded;

    public Base64Encoder() {
        this(STANDARD, true);
    }

    private Base64Encoder(String alphabet, boolean padded) {
        this.alphabet = alphabet.toCharArray();
        this.padded = padded;
    }

    /** A variant whose output can be put into a URL without escaping. */
    public static Base64Encoder urlSafe() {
        return new Base64Encoder(STANDARD.replace('+', '-').replace('/', '_'), false);
    }

    public String encode(byte[] input) {
        StringBuilder sb = new StringBuilder((input.length + 2) / 3 * 4);
        for (int i = 0; i < input.length; i += 3) {
            int available = Math.min(3, input.length - i);
            int group = 0;
            for (int k = 0; k < 3; k++) {
                group = group << 8 | (k < available ? input[i + k] & 0xFF : 0);
            }
            for (int k = 0; k <= available; k++) {
                sb.append(alphabet[group >> (18 - 6 * k) & 0x3F]);
            }
            for (int k = available; padded && k < 3; k++) {
                sb.append('=');
            }
        }
        return sb.toString();
    }
}
