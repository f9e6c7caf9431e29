package org.example.pricing;

import java.util.Arrays;
import java.util.Comparator;

/** Discounts a customer may qualify for at checkout. Amounts are in cents. */
public enum DiscountRule {

    NONE {
        @Override
        public long discountFor(long subtotal, int itemCount) {
            return 0;
        }
    },
    TEN_PERCENT_OVER_FIFTY {
        @Override
        public long discountFor(long subtotal, int itemCount) {
            return subtotal > 50_00 ? subtotal / 10 : 0;
        }
    },
    BULK_PURCHASE {
        @Override
        public long discountFor(long subtotal, int itemCount) {
            return itemCount >= 12 ? Math.min(subtotal, 8_00) : 0;
        }
    };

    public abstract long discountFor(long subtotal, int itemCount);

    /** Returns the rule that saves the customer the most. */
    public static DiscountRule best(long subtotal, int itemCount) {
        return Arrays.stream(values())
                .max(Comparator.comparingLong(rule -> rule.discountFor(subtotal, itemCount)))
                .orElse(NONE);
    }
}
