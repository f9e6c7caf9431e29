package org.example.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Header fields of a request or response; names are matched without regard to case. */
public class HttpHeaders {

  public static final String CONTENT_LENGTH = "Content-Length";
  public static final String CONTENT_TYPE = "Content-Type";

  private final Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  public HttpHeaders add(String name, String value) {
    if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("line break in value of header " + name);
    }
    fields.computeIfAbsent(name, n -> new ArrayList<>(1)).add(value.trim());
    return this;
  }

  public HttpHeaders set(String name, String value) {
    fields.remove(name);
    return add(name, value);
  }

  public String first(String name) {
    List<String> values = all(name);
    return values.isEmpty() ? null : values.get(0);
  }

  public List<String> all(String name) {
    return Collections.unmodifiableList(fields.getOrDefault(name, Collections.emptyList()));
  }

  public OptionalLong contentLength() {
    String raw = first(CONTENT_LENGTH);
    try {
      return raw == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(raw));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    fields.forEach((name, values) ->
        values.forEach(v -> out.append(name).append(": ").append(v).append("\r\n")));
    return out.toString();
  }
}
