package org.example.calc;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;

public class RpnCalculator {
  private final Map<String, DoubleBinaryOperator> operators = new HashMap<>();

  public RpnCalculator() {
    operators.put("+", (a, b) -> a + b);
    operators.put("-", (a, b) -> a - b);
    operators.put("*", (a, b) -> a * b);
    operators.put("/", (a, b) -> a / b);
    operators.put("pow", Math::pow);
  }

  public double evaluate(String program) {
    Deque<Double> stack = new ArrayDeque<>();
    for (String word : program.trim().split("\\s+")) {
      DoubleBinaryOperator operator = operators.get(word);
      if (operator == null) {
        stack.push(Double.parseDouble(word));
        continue;
      }
      if (stack.size() < 2) {
        throw new ArithmeticException("Not enough operands for " + word);
      }
      double right = stack.pop();
      double left = stack.pop();
      stack.push(operator.applyAsDouble(left, right));
    }
    if (stack.size() != 1) {
      throw new ArithmeticException(stack.size() + " values left on the stack");
    }
    return stack.pop();
  }
}
