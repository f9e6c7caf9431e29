package org.example.observe;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;

/** A list that tells its observers about every element added, replaced or removed. */
public class ObservableList<E> extends AbstractList<E> {

  public interface Observer<E> {
    default void added(int index, E element) {}

    default void removed(int index, E element) {}
  }

  private final List<E> delegate = new ArrayList<>();
  private final List<Observer<? super E>> observers = new ArrayList<>();

  public void addObserver(Observer<? super E> observer) {
    observers.add(observer);
  }

  @Override
  public E get(int index) {
    return delegate.get(index);
  }

  @Override
  public int size() {
    return delegate.size();
  }

  @Override
  public void add(int index, E element) {
    delegate.add(index, element);
    modCount++;
    observers.forEach(o -> o.added(index, element));
  }

  @Override
  public E set(int index, E element) {
    E previous = delegate.set(index, element);
    observers.forEach(o -> o.removed(index, previous));
    observers.forEach(o -> o.added(index, element));
    return previous;
  }

  @Override
  public E remove(int index) {
    E gone = delegate.remove(index);
    modCount++;
    observers.forEach(o -> o.removed(index, gone));
    return gone;
  }
}
