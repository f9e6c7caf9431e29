package org.example.parser;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** Splits an arithmetic expression into numbers, names and single character operators. */
public class ExpressionTokenizer implements Iterator<String> {

    private static final String OPERATORS = "+-*/^(),";

    private final String input;
    private int pos;

    public ExpressionTokenizer(String input) {
        this.input = input;
        skipWhitespace();
    }

    @Override
    public boolean hasNext() {
        return pos < input.length();
    }

    @Override
    public String next() {
        if (!hasNext()) {
            throw new NoSuchElementException("end of expression");
        }
        int start = pos;
        char c = input.charAt(pos);
        if (Character.isDigit(c) || c == '.') {
            while (hasNext() && (Character.isDigit(input.charAt(pos)) || input.charAt(pos) == '.')) {
                pos++;
            }
        } else if (Character.isJavaIdentifierStart(c)) {
            while (hasNext() && Character.isJavaIdentifierPart(input.charAt(pos))) {
                pos++;
            }
        } else if (OPERATORS.indexOf(c) >= 0) {
            pos++;
        } else {
            throw new IllegalArgumentException("Unexpected '" + c + "' at position " + pos);
        }
        String token = input.substring(start, pos);
        skipWhitespace();
        return token;
    }

    private void skipWhitespace() {
        while (pos < input.length() && Character.isWhitespace(input.charAt(pos))) {
            pos++;
        }
    }
}
