package org.example.web;

import java.io.UnsupportedEncodingException;
import java.net.URLDecoder;
import java.util.*;

/**
 * The decoded parameters of a URL.
 */
public class QueryString {

    private final Map<String, List<String>> params = new LinkedHashMap<>();

    public QueryString(String url) throws UnsupportedEncodingException {
        int hash = url.indexOf('#');
        if (hash >= 0) {
            url = url.substring(0, hash);
        }
        StringTokenizer pairs = new StringTokenizer(url.substring(url.indexOf('?') + 1), "&");
        while (url.indexOf('?') >= 0 && pairs.hasMoreTokens()) {
            String[] pair = pairs.nextToken().split("=", 2);
            String name = URLDecoder.decode(pair[0], "UTF-8");
            String value = pair.length == 2 ? URLDecoder.decode(pair[1], "UTF-8") : "";
            params.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
        }
    }

    public boolean has(String name) {
        return params.containsKey(name);
    }

    /**
     * @param name the parameter to look up
     * @param defaultValue what to return if the URL does not mention it
     * @return the last value given for the parameter
     */
    public String get(String name, String defaultValue) {
        List<String> values = params.get(name);
        return values == null ? defaultValue : values.get(values.size() - 1);
    }
}
