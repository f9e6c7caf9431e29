package org.example.shop;

import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;

/** Starts life as a shopping cart; once it has been placed, its lines can no longer change. */
public class CustomerOrder {

  private final Map<String, LineItem> lines = new LinkedHashMap<>();
  private LocalDateTime placedAt;

  public void add(String sku, long unitPrice, int quantity) {
    checkOpen();
    if (quantity <= 0) {
      throw new IllegalArgumentException("quantity must be positive: " + quantity);
    }
    lines.computeIfAbsent(sku, key -> new LineItem(unitPrice)).quantity += quantity;
  }

  /** Takes up to {@code quantity} units out; the line disappears when nothing is left. */
  public void remove(String sku, int quantity) {
    checkOpen();
    LineItem line = lines.get(sku);
    if (line != null && (line.quantity -= quantity) <= 0) {
      lines.remove(sku);
    }
  }

  public long total() {
    return lines.values().stream().mapToLong(LineItem::subtotal).sum();
  }

  public void place(LocalDateTime now) {
    checkOpen();
    if (lines.isEmpty()) {
      throw new IllegalStateException("The cart is empty");
    }
    placedAt = now;
  }

  private void checkOpen() {
    if (placedAt != null) {
      throw new IllegalStateException("Order was already placed at " + placedAt);
    }
  }

  private static final class LineItem {
    final long unitPrice;
    int quantity;

    LineItem(long unitPrice) {
      this.unitPrice = unitPrice;
    }

    long subtotal() {
      return unitPrice * quantity;
    }
  }
}
