package org.example.xml;

import java.util.Map;
import java.util.TreeMap;

/**
 * Builds the attribute list of an XML start tag. Attributes come out sorted by
 * name, so that generated files can be compared with a plain diff.
 */
public class XmlAttributes {

    private final Map<String, String> attributes = new TreeMap<>();

    public XmlAttributes set(String name, Object value) {
        if (!name.matches("[A-Za-z_:][\\w:.-]*")) {
            throw new IllegalArgumentException("Illegal attribute name: " + name);
        }
        attributes.put(name, String.valueOf(value));
        return this;
    }

    public XmlAttributes setIf(boolean condition, String name, Object value) {
        return condition ? set(name, value) : this;
    }

    public String openTag(String element) {
        StringBuilder tag = new StringBuilder("<").append(element);
        attributes.forEach((name, value) ->
                tag.append(' ').append(name).append("=\"").append(escape(value)).append('"'));
        return tag.append('>').toString();
    }

    static String escape(String value) {
        return value.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
