package org.example.db;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Hands out at most a fixed number of JDBC connections and reuses the ones given back. */
public class ConnectionPool {

    private final String url;
    private final Semaphore permits;
    private final Deque<Connection> idle = new ArrayDeque<>();

    public ConnectionPool(String url, int maxConnections) {
        this.url = url;
        this.permits = new Semaphore(maxConnections, true);
    }

    public Connection borrow(long timeoutMillis) throws SQLException, InterruptedException {
        if (!permits.tryAcquire(timeoutMillis, TimeUnit.MILLISECONDS)) {
            throw new SQLException("Timed out waiting for a connection to " + url);
        }
        boolean success = false;
        try {
            Connection connection = pollIdle();
            if (connection != null && !connection.isValid(1)) {
                connection.close();
                connection = null;
            }
            if (connection == null) {
                connection = DriverManager.getConnection(url);
            }
            success = true;
            return connection;
        } finally {
            if (!success) {
                permits.release();
            }
        }
    }

    private Connection pollIdle() {
        synchronized (idle) {
            return idle.pollFirst();
        }
    }

    public void giveBack(Connection connection) {
        synchronized (idle) {
            idle.addFirst(connection);
        }
        permits.release();
    }
}
