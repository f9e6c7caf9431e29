package org.example.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class IniParser {

	private static final Pattern SECTION = Pattern.compile("\\[\\s*([^\\]]+?)\\s*\\]");
	private static final Pattern SETTING = Pattern.compile("([^=]+?)\\s*=\\s*(.*)");

	/** Settings that appear before the first section header end up under this name. */
	public static final String GLOBAL = "";

	public Map<String, Map<String, String>> parse(Reader reader) throws IOException {
		Map<String, Map<String, String>> sections = new HashMap<>();
		BufferedReader lines = new BufferedReader(reader);
		String current = GLOBAL;
		int lineNumber = 0;
		String line;
		while ((line = lines.readLine()) != null) {
			lineNumber++;
			line = line.trim();
			if (line.isEmpty() || line.startsWith(";") || line.startsWith("#")) {
				continue;
			}
			Matcher header = SECTION.matcher(line);
			if (header.matches()) {
				current = header.group(1);
				sections.putIfAbsent(current, new HashMap<>());
				continue;
			}
			Matcher setting = SETTING.matcher(line);
			if (!setting.matches()) {
				throw new IOException("Malformed line " + lineNumber + ": " + line);
			}
			sections.computeIfAbsent(current, s -> new HashMap<>())
					.put(setting.group(1), setting.group(2));
		}
		return sections;
	}
}
