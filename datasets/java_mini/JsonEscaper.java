package org.example.json;

public final class JsonEscaper {

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private JsonEscaper() {
        // static methods only
    }

    /** Returns the text as a JSON string literal, quotes included; null becomes the JSON null. */
    public static String quote(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder sb = new StringBuilder(text.length() + 2);
        sb.append('"');
        for (int i = 0; i < text.length(); i++) {
            appendEscaped(sb, text.charAt(i));
        }
        return sb.append('"').toString();
    }

    private static void appendEscaped(StringBuilder sb, char c) {
        switch (c) {
            case '"':
            case '\\':
                sb.append('\\').append(c);
                break;
            case '\n':
                sb.append("\\n");
                break;
            case '\r':
                sb.append("\\r");
                break;
            case '\t':
                sb.append("\\t");
                break;
            default:
                if (c < 0x20 || c == 0x7f) {
                    sb.append("\\u00").append(HEX[c >> 4]).append(HEX[c & 0xf]);
                } else {
                    sb.append(c);
                }
        }
    }
}
