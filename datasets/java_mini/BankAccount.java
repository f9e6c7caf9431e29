package org.example.bank;

import java.math.BigDecimal;
import java.util.Objects;

public class BankAccount {

    public static class InsufficientFundsException extends Exception {
        private static final long serialVersionUID = 1L;

        private final BigDecimal missing;

        InsufficientFundsException(String iban, BigDecimal missing) {
            super("Account " + iban + " is short by " + missing.toPlainString());
            this.missing = missing;
        }

        public BigDecimal getMissing() {
            return missing;
        }
    }

    private final String iban;
    private final BigDecimal overdraftLimit;
    private BigDecimal balance = BigDecimal.ZERO;

    public BankAccount(String iban, BigDecimal overdraftLimit) {
        this.iban = Objects.requireNonNull(iban, "iban");
        this.overdraftLimit = overdraftLimit;
    }

    public void deposit(BigDecimal amount) {
        requirePositive(amount);
        balance = balance.add(amount);
    }

    public void withdraw(BigDecimal amount) throws InsufficientFundsException {
        requirePositive(amount);
        BigDecimal spendable = balance.add(overdraftLimit);
        if (spendable.compareTo(amount) < 0) {
            throw new InsufficientFundsException(iban, amount.subtract(spendable));
        }
        balance = balance.subtract(amount);
    }

    public void transferTo(BankAccount recipient, BigDecimal amount) throws InsufficientFundsException {
        withdraw(amount);
        recipient.deposit(amount);
    }

    public BigDecimal getBalance() {
        return balance;
    }

    private static void requirePositive(BigDecimal amount) {
        if (amount.signum() <= 0) {
            throw new IllegalArgumentException("Amount must be greater than zero: " + amount);
        }
    }
}
