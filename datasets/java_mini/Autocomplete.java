package org.example.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

public class Autocomplete {

    private final Map<Character, Autocomplete> children = new TreeMap<>();
    private boolean endOfWord;

    public void add(String word) {
        Autocomplete node = this;
        for (char letter : word.toCharArray()) {
            node = node.children.computeIfAbsent(letter, l -> new Autocomplete());
        }
        node.endOfWord = true;
    }

    /** Returns at most {@code limit} known words that start with the prefix, alphabetically. */
    public List<String> suggest(String prefix, int limit) {
        List<String> found = new ArrayList<>();
        Autocomplete node = this;
        for (int i = 0; i < prefix.length(); i++) {
            node = node.children.get(prefix.charAt(i));
            if (node == null) {
                return found;
            }
        }
        node.collect(new StringBuilder(prefix), limit, found);
        return found;
    }

    private void collect(StringBuilder path, int limit, List<String> found) {
        if (endOfWord && found.size() < limit) {
            found.add(path.toString());
        }
        for (Map.Entry<Character, Autocomplete> child : children.entrySet()) {
            if (found.size() >= limit) {
                return;
            }
            path.append(child.getKey());
            child.getValue().collect(path, limit, found);
            path.setLength(path.length() - 1);
        }
    }
}
