package org.example.security;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

public enum PasswordStrength {
    WEAK, FAIR, GOOD, STRONG;

    private static final Set<String> COMMON = new HashSet<>(Arrays.asList(
            "password", "password1", "letmein123", "qwertyuiop", "iloveyou"));

    public static PasswordStrength of(CharSequence password) {
        String text = password.toString();
        if (text.length() < 8 || COMMON.contains(text.toLowerCase(Locale.ROOT))) {
            return WEAK;
        }
        int score = countCharacterClasses(text);
        if (text.length() >= 12) {
            score++;
        }
        if (text.chars().distinct().count() < text.length() / 2) {
            score--; // lots of repeated characters
        }
        if (score >= 4) {
            return STRONG;
        }
        return score == 3 ? GOOD : FAIR;
    }

    private static int countCharacterClasses(String text) {
        boolean lower = text.chars().anyMatch(Character::isLowerCase);
        boolean upper = text.chars().anyMatch(Character::isUpperCase);
        boolean digit = text.chars().anyMatch(Character::isDigit);
        boolean other = text.chars().anyMatch(c -> !Character.isLetterOrDigit(c));
        return (lower ? 1 : 0) + (upper ? 1 : 0) + (digit ? 1 : 0) + (other ? 1 : 0);
    }
}
