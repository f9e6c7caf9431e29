package org.example.audit;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Remembers the most recent actions of the users. When the trail is full the
 * oldest entry is dropped.
 */
public class AuditTrail {

	private final Deque<Entry> entries = new ArrayDeque<>();
	private final int capacity;

	public AuditTrail(int capacity) {
		this.capacity = capacity;
	}

	public synchronized void log(String actor, String action, String target) {
		if (entries.size() == capacity) {
			entries.removeFirst();
		}
		entries.addLast(new Entry(Instant.now(), actor, action, target));
	}

	public List<Entry> byActor(String actor) {
		return select(e -> e.actor.equals(actor));
	}

	public List<Entry> since(Instant start) {
		return select(e -> !e.when.isBefore(start));
	}

	private synchronized List<Entry> select(Predicate<Entry> filter) {
		return entries.stream().filter(filter).collect(Collectors.toList());
	}

	public static class Entry {
		private final Instant when;
		private final String actor;
		private final String action;
		private final String target;

		Entry(Instant when, String actor, String action, String target) {
			this.when = when;
			this.actor = actor;
			this.action = action;
			this.target = target;
		}

		@Override
		public String toString() {
			return String.format("[%s] %s %s %s", when, actor, action, target);
		}
	}
}
