package org.example.collections;

import java.util.Optional;
import java.util.function.Consumer;

/** An unbalanced ordered set. Duplicates are ignored. */
public class BinarySearchTree<T extends Comparable<T>> {

  private static class Node<T> {
    T value;
    Node<T> left, right;

    Node(T value) {
      this.value = value;
    }
  }

  private Node<T> root;

  public void insert(T value) {
    root = insertBelow(root, value);
  }

  private Node<T> insertBelow(Node<T> node, T value) {
    if (node == null) return new Node<>(value);
    int order = value.compareTo(node.value);
    if (order < 0) {
      node.left = insertBelow(node.left, value);
    } else if (order > 0) {
      node.right = insertBelow(node.right, value);
    }
    return node;
  }

  /** Largest element that is less than or equal to {@code limit}. */
  public Optional<T> floor(T limit) {
    T best = null;
    Node<T> node = root;
    while (node != null) {
      if (node.value.compareTo(limit) <= 0) {
        best = node.value;
        node = node.right;
      } else {
        node = node.left;
      }
    }
    return Optional.ofNullable(best);
  }

  public void forEachInOrder(Consumer<? super T> action) { visit(root, action); }

  private void visit(Node<T> node, Consumer<? super T> action) {
    if (node == null) return;
    visit(node.left, action);
    action.accept(node.value);
    visit(node.right, action);
  }
}
