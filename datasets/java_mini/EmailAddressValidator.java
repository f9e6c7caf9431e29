package org.example.validation;

import java.util.regex.Pattern;

/**
 * A pragmatic check for email addresses. It does not accept quoted local parts
 * or IP literals, both of which are legal but almost always typos.
 */
public class EmailAddressValidator {

    private static final int MAX_LOCAL_LENGTH = 64;
    private static final int MAX_DOMAIN_LENGTH = 255;
    private static final Pattern LOCAL = Pattern.compile("[A-Za-z0-9_+&*-]+(\\.[A-Za-z0-9_+&*-]+)*");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    public boolean isValid(String address) {
        if (address == null) {
            return false;
        }
        int at = address.lastIndexOf('@');
        if (at < 1 || at == address.length() - 1) {
            return false;
        }
        return isValidLocalPart(address.substring(0, at)) && isValidDomain(address.substring(at + 1));
    }

    private boolean isValidLocalPart(String local) {
        return local.length() <= MAX_LOCAL_LENGTH && LOCAL.matcher(local).matches();
    }

    private boolean isValidDomain(String domain) {
        if (domain.length() > MAX_DOMAIN_LENGTH) {
            return false;
        }
        String[] labels = domain.split("\\.", -1);
        if (labels.length < 2) {
            return false;
        }
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                return false;
            }
        }
        // top level domains are never purely numeric
        return !labels[labels.length - 1].matches("[0-9]+");
    }
}
