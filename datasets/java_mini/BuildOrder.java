package org.example.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Orders modules so that each one comes after everything it depends on. */
public final class BuildOrder {
  private enum State { IN_PROGRESS, DONE }

  private final Map<String, Set<String>> dependencies = new LinkedHashMap<>();

  public BuildOrder module(String name, String... dependsOn) {
    dependencies.computeIfAbsent(name, n -> new LinkedHashSet<>()).addAll(Arrays.asList(dependsOn));
    return this;
  }

  public List<String> resolve() {
    List<String> order = new ArrayList<>();
    Map<String, State> states = new LinkedHashMap<>();
    for (String module : dependencies.keySet()) {
      visit(module, states, order);
    }
    return order;
  }

  private void visit(String module, Map<String, State> states, List<String> order) {
    State state = states.get(module);
    if (state == State.DONE) {
      return;
    }
    if (state == State.IN_PROGRESS) {
      throw new IllegalStateException("Dependency cycle through module " + module);
    }
    Set<String> required = dependencies.get(module);
    if (required == null) {
      throw new IllegalStateException("Unknown module " + module);
    }
    states.put(module, State.IN_PROGRESS);
    for (String dependency : required) {
      visit(dependency, states, order);
    }
    states.put(module, State.DONE);
    order.add(module);
  }
}
