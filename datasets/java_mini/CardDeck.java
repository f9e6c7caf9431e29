package org.example.games.cards;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

public class CardDeck {

    public enum Suit { CLUBS, DIAMONDS, HEARTS, SPADES }

    private static final String[] RANKS = {
        "2", "3", "4", "5", "6", "7", "8", "9", "10", "Jack", "Queen", "King", "Ace"
    };

    private final List<String> cards = new ArrayList<>(52);

    public CardDeck() {
        for (Suit suit : Suit.values()) {
            for (String rank : RANKS) {
                cards.add(rank + " of " + suit.name().toLowerCase());
            }
        }
    }

    public void shuffle(long seed) {
        Collections.shuffle(cards, new Random(seed));
    }

    /** Deals one card at a time to each player, like a dealer going around the table. */
    public List<List<String>> deal(int players, int cardsEach) {
        if (players * cardsEach > cards.size()) {
            throw new IllegalArgumentException("Only " + cards.size() + " cards left in the deck");
        }
        List<List<String>> hands = new ArrayList<>();
        for (int p = 0; p < players; p++) {
            hands.add(new ArrayList<>());
        }
        for (int i = 0; i < players * cardsEach; i++) {
            hands.get(i % players).add(cards.remove(cards.size() - 1));
        }
        return hands;
    }

    public int remaining() {
        return cards.size();
    }
}
