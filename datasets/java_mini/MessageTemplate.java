package org.example.text;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces placeholders like <code>{name}</code> or <code>{name|fallback}</code> in a message.
 */
public class MessageTemplate {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(\\w+)(?:\\|([^}]*))?\\}");

    private final String source;

    public MessageTemplate(String source) {
        this.source = source;
    }

    public String render(Map<String, ?> values) {
        Matcher matcher = PLACEHOLDER.matcher(source);
        StringBuffer out = new StringBuffer();
        while (matcher.find()) {
            Object value = values.get(matcher.group(1));
            String fallback = matcher.group(2);
            if (value == null && fallback == null) {
                throw new IllegalArgumentException("Missing value for placeholder '" + matcher.group(1) + "'");
            }
            String replacement = value != null ? value.toString() : fallback;
            matcher.appendReplacement(out, Matcher.quoteReplacement(replacement));
        }
        return matcher.appendTail(out).toString();
    }
}
