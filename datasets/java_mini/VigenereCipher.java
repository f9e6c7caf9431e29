package org.example.crypto;

import java.util.Locale;

/**
 * The classic Vigenere cipher on the letters A-Z. With a key of one letter it is the
 * same as a Caesar shift. Fun, but not secure.
 */
public class VigenereCipher {

    private final int[] shifts;

    public VigenereCipher(String key) {
        if (!key.matches("[A-Za-z]+")) {
            throw new IllegalArgumentException("The key may only contain letters");
        }
        shifts = key.toUpperCase(Locale.ROOT).chars().map(c -> c - 'A').toArray();
    }

    public String encrypt(String plaintext) {
        return apply(plaintext, 1);
    }

    public String decrypt(String ciphertext) {
        return apply(ciphertext, -1);
    }

    private String apply(String text, int direction) {
        StringBuilder result = new StringBuilder(text.length());
        int keyIndex = 0;
        for (char c : text.toCharArray()) {
            if (c >= 'A' && c <= 'Z') {
                result.append(rotate(c, 'A', direction * shifts[keyIndex++ % shifts.length]));
            } else if (c >= 'a' && c <= 'z') {
                result.append(rotate(c, 'a', direction * shifts[keyIndex++ % shifts.length]));
            } else {
                result.append(c);
            }
        }
        return result.toString();
    }

    private static char rotate(char letter, char base, int shift) {
        return (char) (base + Math.floorMod(letter - base + shift, 26));
    }
}
