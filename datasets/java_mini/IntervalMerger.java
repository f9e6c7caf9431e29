package org.example.intervals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

public class IntervalMerger {

    /** A half-open range, {@code from} included and {@code to} excluded. */
    public static final class Interval {
        final long from;
        final long to;

        public Interval(long from, long to) {
            if (to < from) {
                throw new IllegalArgumentException("interval ends before it starts: " + from + ".." + to);
            }
            this.from = from;
            this.to = to;
        }

        @Override
        public String toString() {
            return "[" + from + ", " + to + ")";
        }
    }

    /** Joins overlapping and touching intervals; the result is sorted by start. */
    public List<Interval> merge(final List<Interval> intervals) {
        final List<Interval> sorted = new ArrayList<>(intervals);
        sorted.sort(Comparator.comparingLong(i -> i.from));

        final Deque<Interval> merged = new ArrayDeque<>();
        for (final Interval next : sorted) {
            if (merged.isEmpty() || merged.peekLast().to < next.from) {
                merged.addLast(next);
            } else {
                final Interval last = merged.removeLast();
                merged.addLast(new Interval(last.from, Math.max(last.to, next.to)));
            }
        }
        return new ArrayList<>(merged);
    }

    public long coveredLength(final List<Interval> intervals) {
        return merge(intervals).stream().mapToLong(i -> i.to - i.from).sum();
    }
}
