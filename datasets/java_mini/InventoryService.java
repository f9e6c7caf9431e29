package org.example.inventory;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;

/** Tracks stock levels by SKU and reserves goods for whole orders at once. */
public class InventoryService {

    private final Map<String, Integer> stock = new TreeMap<>();
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final int reorderThreshold;

    public InventoryService(int reorderThreshold) {
        this.reorderThreshold = reorderThreshold;
    }

    public void receive(String sku, int quantity) {
        lock.writeLock().lock();
        try {
            stock.merge(sku, quantity, Integer::sum);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Takes every line of the order out of stock, or none of them when one is unavailable. */
    public boolean reserve(Map<String, Integer> order) {
        lock.writeLock().lock();
        try {
            boolean allInStock = order.entrySet().stream()
                    .allMatch(line -> stock.getOrDefault(line.getKey(), 0) >= line.getValue());
            if (allInStock) {
                order.forEach((sku, quantity) -> stock.computeIfPresent(sku, (k, onHand) -> onHand - quantity));
            }
            return allInStock;
        } finally {
            lock.writeLock().unlock();
        }
    }

    public List<String> skusToReorder() {
        lock.readLock().lock();
        try {
            return stock.entrySet().stream()
                    .filter(e -> e.getValue() <= reorderThreshold)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toList());
        } finally {
            lock.readLock().unlock();
        }
    }
}
