package org.example.web;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Dispatches requests to handlers by method and path, e.g. {@code GET /users/:id}. */
public class RequestRouter {

    private final List<Route> routes = new ArrayList<>();

    public void on(String method, String path, Function<Map<String, String>, String> handler) {
        routes.add(new Route(method, path.split("/"), handler));
    }

    public String handle(String method, String path) {
        String[] segments = path.split("/");
        for (Route route : routes) {
            Map<String, String> params = route.match(method, segments);
            if (params != null) {
                return route.handler.apply(params);
            }
        }
        return "404 Not Found";
    }

    private static class Route {
        final String method;
        final String[] pattern;
        final Function<Map<String, String>, String> handler;

        Route(String method, String[] pattern, Function<Map<String, String>, String> handler) {
            this.method = method;
            this.pattern = pattern;
            this.handler = handler;
        }

        Map<String, String> match(String requestMethod, String[] segments) {
            if (!method.equals(requestMethod) || segments.length != pattern.length) {
                return null;
            }
            Map<String, String> params = new HashMap<>();
            for (int i = 0; i < pattern.length; i++) {
                if (pattern[i].startsWith(":")) {
                    params.put(pattern[i].substring(1), segments[i]);
                } else if (!pattern[i].equals(segments[i])) {
                    return null;
                }
            }
            return params;
        }
    }
}
