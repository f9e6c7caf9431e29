package org.example.settings;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Typed access to a properties file on the class path; system properties take precedence. */
public class AppProperties {

	private final Properties properties;

	public AppProperties(Properties properties) {
		this.properties = properties;
	}

	public static AppProperties fromResource(String resource) throws IOException {
		Properties loaded = new Properties();
		try (InputStream in = AppProperties.class.getResourceAsStream(resource)) {
			if (in == null) {
				throw new FileNotFoundException("resource " + resource);
			}
			loaded.load(in);
		}
		return new AppProperties(loaded);
	}

	public String getString(String key, String fallback) {
		return System.getProperty(key, properties.getProperty(key, fallback));
	}

	public int getInt(String key, int fallback) {
		String value = getString(key, null);
		if (value == null) {
			return fallback;
		}
		try {
			return Integer.parseInt(value.trim());
		} catch (NumberFormatException e) {
			throw new IllegalStateException("Property " + key + " is not a whole number: " + value, e);
		}
	}

	public boolean isEnabled(String feature) {
		return Boolean.parseBoolean(getString("feature." + feature, "false"));
	}
}
