package org.example.concurrent;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

public class BlockingRingBuffer<E>
{
    private final Object[] slots;
    private final Lock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final Condition notEmpty = lock.newCondition();
    private int head;
    private int size;

    public BlockingRingBuffer(int capacity)
    {
        slots = new Object[capacity];
    }

    public void put(E element) throws InterruptedException
    {
        lock.lockInterruptibly();
        try {
            while (size == slots.length) {
                notFull.await();
            }
            slots[(head + size) % slots.length] = element;
            size++;
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("unchecked")
    public E take() throws InterruptedException
    {
        lock.lockInterruptibly();
        try {
            while (size == 0) {
                notEmpty.await();
            }
            E element = (E) slots[head];
            slots[head] = null;
            head = (head + 1) % slots.length;
            size--;
            notFull.signal();
            return element;
        } finally {
            lock.unlock();
        }
    }
}
