package org.example.ratelimit;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Rate limiter that allows short bursts while holding the long-run average
 * to a fixed number of permits per second.
 */
public class TokenBucket {
    private final double burstSize;
    private final double tokensPerNano;
    private final LongSupplier nanoClock;

    private double available;
    private long lastRefill;

    public TokenBucket(double permitsPerSecond, double burstSize) {
        this(permitsPerSecond, burstSize, System::nanoTime);
    }

    TokenBucket(double permitsPerSecond, double burstSize, LongSupplier nanoClock) {
        this.tokensPerNano = permitsPerSecond / TimeUnit.SECONDS.toNanos(1);
        this.burstSize = burstSize;
        this.nanoClock = nanoClock;
        this.available = burstSize;
        this.lastRefill = nanoClock.getAsLong();
    }

    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    public synchronized boolean tryAcquire(int permits) {
        refill();
        if (available < permits) {
            return false;
        }
        available -= permits;
        return true;
    }

    /** How long a caller would have to wait before {@code permits} could be granted. */
    public synchronized long waitNanos(int permits) {
        refill();
        double shortfall = permits - available;
        return shortfall <= 0 ? 0L : (long) Math.ceil(shortfall / tokensPerNano);
    }

    private void refill() {
        long now = nanoClock.getAsLong();
        available = Math.min(burstSize, available + (now - lastRefill) * tokensPerNano);
        lastRefill = now;
    }
}
