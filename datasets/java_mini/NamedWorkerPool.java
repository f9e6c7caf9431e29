package org.example.concurrent;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fixed pool of daemon threads with readable names, which makes thread dumps easier to follow.
 */
public class NamedWorkerPool implements AutoCloseable {

    private static final long SHUTDOWN_SECONDS = 10;

    private final ExecutorService executor;
    private final AtomicInteger completed = new AtomicInteger();

    public NamedWorkerPool(String name, int threads) {
        AtomicInteger counter = new AtomicInteger();
        ThreadFactory factory = task -> {
            Thread thread = new Thread(task, name + "-" + counter.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        executor = Executors.newFixedThreadPool(threads, factory);
    }

    public <T> Future<T> submit(Callable<T> job) {
        return executor.submit(() -> {
            try {
                return job.call();
            } finally {
                completed.incrementAndGet();
            }
        });
    }

    public int completedJobs() {
        return completed.get();
    }

    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
