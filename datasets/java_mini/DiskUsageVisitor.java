package org.example.files;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Adds up file sizes by extension below a directory.
 */
public class DiskUsageVisitor extends SimpleFileVisitor<Path> {

    private final Set<String> skippedDirectories;
    private final Map<String, Long> bytesByExtension = new HashMap<>();

    public DiskUsageVisitor(Set<String> skippedDirectories) {
        this.skippedDirectories = skippedDirectories;
    }

    public static Map<String, Long> measure(Path root, Set<String> skip) throws IOException {
        DiskUsageVisitor visitor = new DiskUsageVisitor(skip);
        Files.walkFileTree(root, visitor);
        return visitor.bytesByExtension;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attrs) {
        Path name = dir.getFileName();
        boolean skip = name != null && skippedDirectories.contains(name.toString());
        return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attrs) {
        if (attrs.isRegularFile()) {
            bytesByExtension.merge(extensionOf(file), attrs.size(), Long::sum);
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
        return FileVisitResult.CONTINUE; // no permission, or deleted while we were walking
    }

    private static String extensionOf(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? "" : name.substring(dot + 1);
    }
}
