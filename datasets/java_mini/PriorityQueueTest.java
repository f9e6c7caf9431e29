package org.example.tests;

import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.Queue;

/** Needs no test framework: failed checks are counted and reported through the exit status. */
public class PriorityQueueTest {

    private static int failures;

    public static void main(String[] args) {
        testSmallestElementComesFirst();
        testPollOnEmptyQueueReturnsNull();
        testRemoveOnEmptyQueueThrows();
        testDuplicatesAreKept();
        System.out.println(failures == 0 ? "All tests passed" : failures + " checks failed");
        System.exit(failures == 0 ? 0 : 1);
    }

    private static void testSmallestElementComesFirst() {
        Queue<Integer> queue = new PriorityQueue<>(Arrays.asList(7, 3, 9));
        check("peek", 3, queue.peek());
        check("peek does not remove", 3, queue.size());
    }

    private static void testPollOnEmptyQueueReturnsNull() {
        check("poll on empty queue", null, new PriorityQueue<String>().poll());
    }

    private static void testRemoveOnEmptyQueueThrows() {
        try {
            new PriorityQueue<String>().remove();
            check("exception expected", true, false);
        } catch (NoSuchElementException expected) {
            // this is what should happen
        }
    }

    private static void testDuplicatesAreKept() {
        Queue<String> queue = new PriorityQueue<>(Arrays.asList("b", "a", "b"));
        queue.remove();
        check("first b", "b", queue.remove());
        check("second b", "b", queue.remove());
    }

    private static void check(String what, Object expected, Object actual) {
        if (expected == null ? actual != null : !expected.equals(actual)) {
            failures++;
            System.err.println(what + ": expected " + expected + " but was " + actual);
        }
    }
}
