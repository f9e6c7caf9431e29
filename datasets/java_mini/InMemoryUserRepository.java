package org.example.users;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Keeps users in a map. Meant for tests and local development, where a database would be overkill.
 */
public class InMemoryUserRepository {

    private final Map<Long, User> usersById = new ConcurrentHashMap<>();
    private final AtomicLong nextId = new AtomicLong(1);

    public User create(String name, String email) {
        if (findByEmail(email).isPresent()) {
            throw new IllegalArgumentException("Email already registered: " + email);
        }
        User user = new User(nextId.getAndIncrement(), name, email.toLowerCase(Locale.ROOT));
        usersById.put(user.id, user);
        return user;
    }

    public Optional<User> findById(long id) {
        return Optional.ofNullable(usersById.get(id));
    }

    public Optional<User> findByEmail(String email) {
        return usersById.values().stream().filter(u -> u.email.equalsIgnoreCase(email)).findFirst();
    }

    public List<User> findByNamePrefix(String prefix) {
        return usersById.values().stream()
                .filter(u -> u.name.startsWith(prefix))
                .sorted((a, b) -> a.name.compareTo(b.name))
                .collect(Collectors.toList());
    }

    public boolean delete(long id) {
        return usersById.remove(id) != null;
    }

    public static class User {
        public final long id;
        public final String name;
        public final String email;

        User(long id, String name, String email) {
            this.id = id;
            this.name = name;
            this.email = email;
        }
    }
}
