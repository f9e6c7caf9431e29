package org.example.cache;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * A bounded map that forgets whichever entry has gone longest without being read.
 * Not safe for concurrent use.
 */
public class LruCache<K, V> {

    private final int capacity;
    private final LinkedHashMap<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
    private BiConsumer<? super K, ? super V> onEvict = (key, value) -> { };
    private long hits;
    private long misses;

    public LruCache(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be positive, got " + capacity);
        }
        this.capacity = capacity;
    }

    public void setEvictionListener(BiConsumer<? super K, ? super V> listener) {
        this.onEvict = listener;
    }

    public V get(K key, Function<? super K, ? extends V> loader) {
        V cached = entries.get(key);
        if (cached != null) {
            hits++;
            return cached;
        }
        misses++;
        V loaded = loader.apply(key);
        if (loaded != null) {
            entries.put(key, loaded);
            evictOverflow();
        }
        return loaded;
    }

    private void evictOverflow() {
        Iterator<Map.Entry<K, V>> oldestFirst = entries.entrySet().iterator();
        while (entries.size() > capacity) {
            Map.Entry<K, V> victim = oldestFirst.next();
            oldestFirst.remove();
            onEvict.accept(victim.getKey(), victim.getValue());
        }
    }

    public double hitRatio() {
        long lookups = hits + misses;
        return lookups == 0 ? 0.0 : (double) hits / lookups;
    }
}
