package org.example.access;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

public final class PermissionSet
{
    public enum Permission { READ, WRITE, DELETE, SHARE }

    private final EnumSet<Permission> granted;

    private PermissionSet(EnumSet<Permission> granted)
    {
        this.granted = granted;
    }

    public static PermissionSet none()
    {
        return new PermissionSet(EnumSet.noneOf(Permission.class));
    }

    public PermissionSet with(Permission permission)
    {
        EnumSet<Permission> copy = EnumSet.copyOf(granted);
        copy.add(permission);
        return new PermissionSet(copy);
    }

    public boolean allows(Collection<Permission> required)
    {
        return granted.containsAll(required);
    }

    public Set<Permission> missing()
    {
        return EnumSet.complementOf(granted);
    }

    /** Packs the set into an int, one bit per permission, for storage in a database column. */
    public int toBits()
    {
        int bits = 0;
        for (Permission p : granted)
        {
            bits |= 1 << p.ordinal();
        }
        return bits;
    }
}
