package org.example.compress;

/** Encodes repeated characters as a count followed by the character, "aaab" as "3a1b". */
public class RunLength
{
    public static String encode(final String text)
    {
        final StringBuilder out = new StringBuilder();
        int runStart = 0;
        for (int i = 1; i <= text.length(); i++)
        {
            if (i == text.length() || text.charAt(i) != text.charAt(runStart))
            {
                out.append(i - runStart).append(text.charAt(runStart));
                runStart = i;
            }
        }
        return out.toString();
    }

    /** Reverses {@link #encode}; works as long as the original text held no digits. */
    public static String decode(final String encoded)
    {
        final StringBuilder out = new StringBuilder();
        int repeat = 0;
        for (final char c : encoded.toCharArray())
        {
            if (c >= '0' && c <= '9')
            {
                repeat = repeat * 10 + (c - '0');
                continue;
            }
            while (repeat > 0)
            {
                out.append(c);
                repeat--;
            }
        }
        return out.toString();
    }
}
