package org.example.retry;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Decides how long to wait before the next attempt, or that there should be none. */
@FunctionalInterface
public interface RetryPolicy {

    /** Returned from {@link #delayAfter} to signal that the caller should give up. */
    Duration STOP = Duration.ofMillis(-1);

    Duration delayAfter(int failedAttempts, Exception cause);

    static RetryPolicy exponential(Duration initial, Duration ceiling, int maxAttempts) {
        return (failed, cause) -> {
            if (failed >= maxAttempts) {
                return STOP;
            }
            Duration next = initial.multipliedBy(1L << Math.min(failed - 1, 30));
            return next.compareTo(ceiling) > 0 ? ceiling : next;
        };
    }

    default RetryPolicy onlyFor(Class<? extends Exception> type) {
        return (failed, cause) -> type.isInstance(cause) ? delayAfter(failed, cause) : STOP;
    }

    default <T> T call(Callable<T> action) throws Exception {
        int failures = 0;
        while (true) {
            try {
                return action.call();
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                Duration delay = delayAfter(++failures, e);
                if (delay.isNegative()) {
                    throw e;
                }
                Thread.sleep(delay.toMillis());
            }
        }
    }
}
