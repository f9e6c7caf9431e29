package org.example.web.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Maps session tokens to user names. A session dies after being idle for the configured time. */
public class ExpiringSessionStore {

    private static class Session {
        final String userName;
        Instant lastSeen;

        Session(String userName, Instant lastSeen) {
            this.userName = userName;
            this.lastSeen = lastSeen;
        }
    }

    private final Map<String, Session> sessions = new HashMap<>();
    private final Duration idleTimeout;
    private final Clock clock;

    public ExpiringSessionStore(Duration idleTimeout, Clock clock) {
        this.idleTimeout = idleTimeout;
        this.clock = clock;
    }

    public synchronized String open(String userName) {
        String token = UUID.randomUUID().toString();
        sessions.put(token, new Session(userName, clock.instant()));
        return token;
    }

    public synchronized Optional<String> resolve(String token) {
        Session session = sessions.get(token);
        if (session == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        if (session.lastSeen.plus(idleTimeout).isBefore(now)) {
            sessions.remove(token);
            return Optional.empty();
        }
        session.lastSeen = now;
        return Optional.of(session.userName);
    }

    public synchronized int purgeExpired() {
        int before = sessions.size();
        Instant cutoff = clock.instant().minus(idleTimeout);
        sessions.values().removeIf(s -> s.lastSeen.isBefore(cutoff));
        return before - sessions.size();
    }
}
