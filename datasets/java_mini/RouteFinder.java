package org.example.graph;

import java.util.*;

/** Finds routes with the fewest hops in an undirected graph of named stations. */
public class RouteFinder {

    private final Map<String, Set<String>> neighbours = new HashMap<>();

    public void connect(String a, String b) {
        neighbours.computeIfAbsent(a, s -> new HashSet<>()).add(b);
        neighbours.computeIfAbsent(b, s -> new HashSet<>()).add(a);
    }

    public List<String> shortestRoute(String origin, String destination) {
        Map<String, String> cameFrom = new HashMap<>();
        Queue<String> frontier = new ArrayDeque<>();
        cameFrom.put(origin, null);
        frontier.add(origin);

        while (!frontier.isEmpty()) {
            String station = frontier.remove();
            if (station.equals(destination)) {
                return backtrack(cameFrom, destination);
            }
            for (String next : neighbours.getOrDefault(station, Collections.emptySet())) {
                if (!cameFrom.containsKey(next)) {
                    cameFrom.put(next, station);
                    frontier.add(next);
                }
            }
        }
        return Collections.emptyList();
    }

    private static List<String> backtrack(Map<String, String> cameFrom, String end) {
        LinkedList<String> route = new LinkedList<>();
        for (String at = end; at != null; at = cameFrom.get(at)) {
            route.addFirst(at);
        }
        return route;
    }
}
