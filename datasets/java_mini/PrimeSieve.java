package org.example.math;

import java.util.BitSet;

public class PrimeSieve {

    private final BitSet composite;
    private final int limit;

    public PrimeSieve(int limit) {
        this.limit = limit;
        this.composite = new BitSet(limit + 1);
        for (int p = 2; p <= limit / p; p = composite.nextClearBit(p + 1)) {
            for (long multiple = (long) p * p; multiple <= limit; multiple += p) {
                composite.set((int) multiple);
            }
        }
    }

    public boolean isPrime(int n) {
        if (n > limit) {
            throw new IndexOutOfBoundsException(n + " is beyond the sieve limit " + limit);
        }
        return n >= 2 && !composite.get(n);
    }

    public int count() {
        return limit < 2 ? 0 : limit - 1 - composite.cardinality();
    }
}
