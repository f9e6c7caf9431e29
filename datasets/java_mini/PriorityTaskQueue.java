package org.example.scheduling;

import java.util.PriorityQueue;

/**
 * Runs submitted tasks one after another, the most urgent first. Tasks of equal priority
 * run in the order in which they were submitted.
 */
public class PriorityTaskQueue {

    private static final class Entry implements Comparable<Entry> {
        final Runnable task;
        final int priority;
        final long sequence;

        Entry(Runnable task, int priority, long sequence) {
            this.task = task;
            this.priority = priority;
            this.sequence = sequence;
        }

        @Override
        public int compareTo(Entry other) {
            int byPriority = Integer.compare(other.priority, priority);
            return byPriority != 0 ? byPriority : Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Entry> pending = new PriorityQueue<>();
    private long nextSequence;
    private boolean closed;

    public synchronized void submit(int priority, Runnable task) {
        if (closed) {
            throw new IllegalStateException("queue has been closed");
        }
        pending.add(new Entry(task, priority, nextSequence++));
        notify();
    }

    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Works off tasks until the queue is closed and empty. */
    public void drain() throws InterruptedException {
        for (Runnable task = take(); task != null; task = take()) {
            task.run();
        }
    }

    private synchronized Runnable take() throws InterruptedException {
        while (pending.isEmpty() && !closed) {
            wait();
        }
        return pending.isEmpty() ? null : pending.poll().task;
    }
}
