package org.example.console;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

public class TextTable {

    private final String[] headers;
    private final int[] widths;
    private final List<String[]> rows = new ArrayList<>();

    public TextTable(String... headers) {
        this.headers = headers;
        this.widths = Arrays.stream(headers).mapToInt(String::length).toArray();
    }

    public void addRow(Object... cells) {
        if (cells.length != headers.length) {
            throw new IllegalArgumentException("Expected " + headers.length + " cells but got " + cells.length);
        }
        String[] row = new String[cells.length];
        for (int col = 0; col < cells.length; col++) {
            row[col] = String.valueOf(cells[col]);
            widths[col] = Math.max(widths[col], row[col].length());
        }
        rows.add(row);
    }

    public String format() {
        StringBuilder out = new StringBuilder();
        appendRow(out, headers);
        for (int width : widths) {
            char[] dashes = new char[width + 2];
            Arrays.fill(dashes, '-');
            out.append('+').append(dashes);
        }
        out.append("+\n");
        rows.forEach(row -> appendRow(out, row));
        return out.toString();
    }

    private void appendRow(StringBuilder out, String[] cells) {
        for (int col = 0; col < cells.length; col++) {
            out.append("| ").append(cells[col]);
            for (int pad = cells[col].length(); pad <= widths[col]; pad++) {
                out.append(' ');
            }
        }
        out.append("|\n");
    }
}
