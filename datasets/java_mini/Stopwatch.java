package org.example.timing;

import java.time.Duration;

/** Measures elapsed time; may be paused and resumed any number of times. */
public final class Stopwatch {

  private boolean running;
  private long startedAt;
  private long accumulated;

  public Stopwatch start() {
    if (running) throw new IllegalStateException("already running");
    running = true;
    startedAt = System.nanoTime();
    return this;
  }

  public Duration stop() {
    accumulated = nanos();
    running = false;
    return Duration.ofNanos(accumulated);
  }

  private long nanos() {
    return running ? accumulated + System.nanoTime() - startedAt : accumulated;
  }
}
