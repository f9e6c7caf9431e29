package org.example.events;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Delivers published objects to the handlers registered for their type. A handler for a
 * supertype also sees every subtype.
 */
public class EventBus {

    private final Map<Class<?>, List<Consumer<Object>>> handlers = new ConcurrentHashMap<>();
    private final Executor executor;

    /** Creates a bus that calls its handlers on the publishing thread. */
    public EventBus() {
        this(Runnable::run);
    }

    public EventBus(Executor executor) {
        this.executor = executor;
    }

    public <E> Runnable subscribe(Class<E> type, Consumer<? super E> handler) {
        Consumer<Object> adapter = event -> handler.accept(type.cast(event));
        handlers.computeIfAbsent(type, t -> new CopyOnWriteArrayList<>()).add(adapter);
        return () -> handlers.get(type).remove(adapter);
    }

    public void publish(Object event) {
        handlers.forEach((type, subscribers) -> {
            if (type.isInstance(event)) {
                for (Consumer<Object> subscriber : subscribers) {
                    executor.execute(() -> subscriber.accept(event));
                }
            }
        });
    }
}
