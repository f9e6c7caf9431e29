package org.example.paging;

import java.util.List;

/**
 * One page of a larger list of results.
 *
 * @param <T> the type of the results
 */
public interface Page<T> {

    /** The results on this page; the last page may hold fewer than {@link #size()}. */
    List<T> content();

    /** The page number, counting from zero. */
    int number();

    int size();

    long totalElements();

    default int totalPages() {
        return (int) ((totalElements() + size() - 1) / size());
    }

    default boolean isFirst() {
        return number() == 0;
    }

    default boolean hasNext() {
        return number() + 1 < totalPages();
    }

    static <T> Page<T> of(List<T> all, int number, int size) {
        int from = Math.min(number * size, all.size());
        int to = Math.min(from + size, all.size());
        return new Page<T>() {
            @Override public List<T> content() { return all.subList(from, to); }
            @Override public int number() { return number; }
            @Override public int size() { return size; }
            @Override public long totalElements() { return all.size(); }
        };
    }
}
