package org.example.numerals;

public final class RomanNumerals {
    private static final int[] VALUES = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    private static final String[] SYMBOLS = {
        "M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"
    };

    private RomanNumerals() {}

    public static String format(int number) {
        if (number < 1 || number > 3999) {
            throw new IllegalArgumentException("no roman numeral for " + number);
        }
        StringBuilder roman = new StringBuilder();
        int remaining = number;
        for (int i = 0; i < VALUES.length; i++) {
            while (remaining >= VALUES[i]) {
                roman.append(SYMBOLS[i]);
                remaining -= VALUES[i];
            }
        }
        return roman.toString();
    }

    public static int parse(String roman) {
        int total = 0;
        int pos = 0;
        for (int i = 0; i < SYMBOLS.length; i++) {
            while (roman.startsWith(SYMBOLS[i], pos)) {
                total += VALUES[i];
                pos += SYMBOLS[i].length();
            }
        }
        // Formatting the result again rejects leftovers as well as spellings such as IIII.
        if (total == 0 || total > 3999 || !format(total).equals(roman)) {
            throw new NumberFormatException("not a roman numeral: " + roman);
        }
        return total;
    }
}
