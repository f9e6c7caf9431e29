/** A snippet that touches every rule of the lexer; it need not compile. */
package a.b; // a line comment
import java.util.*;

@Deprecated @SuppressWarnings({"unchecked", "rawtypes"})
public final class Tokens<T extends Comparable<? super T>> implements java.io.Serializable {
    private static final long serialVersionUID = -1L;
    int[] numbers = {0, 7, 077L, 0x1F, 0XffL, 0b1010, 0B1L, 1_000_000, 0x1_Fp-3f, 0x.8p1, 1e10, 1.5E-3d, .5f, 1., 2.f, 3D, 1_L};
    Map<String, List<List<T>>> nested = new HashMap<>(); /* a block
    comment * over / lines */
    char[] quoted = {'a', ' ', ',', '\n', '\'', '"', '\\', '\u0041', '\101', '\7', '\377', 'é', '日'};
    String text = "" + "plain" + "with blank, comma" + "q\"uo'te" + "\\" + "\\u0041" + "tab\there" + "\0a\12b" + "日本";
    int \u0061lpha_$1 = 1, $ = 2, _ = 3, ünïcode = 4, a٣ = 5, £ = 6;

    <E> int run(final int a, E... rest) throws Exception {
        int b = a >> 1 >>> 2 << 3; b >>= 1; b >>>= 2; b <<= 3;
        b += a; b -= a; b *= a; b /= a; b %= a; b &= a; b |= a; b ^= a;
        if (a == b && a != 1 || !(a <= 2) & a >= 3 | a < 4 ^ a > 5) { b = ~a; b++; --b; }
        Runnable r = () -> System.out.println(a), s = this::run; label: for (;;) { break label; }
        boolean c = true ? false : null instanceof Object; float d = a/b*-1-+2%3;
        return a.b.c..d...e; // ends without a line feed
    }
}/**/
//last