// Random JSON for property tests: values as trees, written out in random spellings of equal
// meaning.
#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/decode/utf8.h"

namespace oncegate {

class RandomJson {
 public:
  struct Node {
    enum class Kind { kLiteral, kNumber, kString, kArray, kObject } kind = Kind::kLiteral;
    std::string literal;         // Or the digits of a number.
    int exponent = 0;            // Of the last digit of a number.
    std::vector<char32_t> text;  // Of a string.
    std::vector<Node> elements;
    std::vector<std::vector<char32_t>> names;  // Parallel to the elements of an object.
  };

  explicit RandomJson(unsigned seed) : random_(seed) {}

  unsigned Below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  Node MakeNode(int depth) {
    Node node;
    const unsigned kind = Below(depth > 0 ? 7 : 5);
    if (kind == 0) {
      static const char* const kLiterals[] = {"null", "true", "false"};
      node.literal = kLiterals[Below(3)];
    } else if (kind <= 2) {
      node.kind = Node::Kind::kNumber;
      node.literal = Below(3) == 0 ? "-" : "";
      node.literal += static_cast<char>('1' + Below(9));
      for (unsigned i = Below(6); i > 0; --i) node.literal += static_cast<char>('0' + Below(10));
      node.exponent = static_cast<int>(Below(12)) - 6;
    } else if (kind <= 4) {
      node.kind = Node::Kind::kString;
      node.text = MakeText();
    } else {
      node.kind = kind == 5 ? Node::Kind::kArray : Node::Kind::kObject;
      for (unsigned i = Below(5); i > 0; --i) {
        node.elements.push_back(MakeNode(depth - 1));
        // The position keeps names apart.
        node.names.push_back(MakeText());
        node.names.back().push_back(static_cast<char32_t>('0' + i));
      }
    }
    return node;
  }

  std::string Spell(const Node& node) {
    std::string text;
    Spell(node, &text);
    return text;
  }

 private:
  std::vector<char32_t> MakeText() {
    static const char32_t kInteresting[] = {U'a', U'"', U'\\', U'/',    U'\n',     U'\x1f', U'ä',
                                            U'€', U'😀', U' ',  U'\x7f', U'\xffff', U'{',    U','};
    std::vector<char32_t> text;
    for (unsigned i = Below(6); i > 0; --i) text.push_back(kInteresting[Below(14)]);
    return text;
  }

  void Space(std::string* text) {
    for (unsigned i = Below(8); i > 5; --i) text->push_back(" \n\r\t"[Below(4)]);
  }

  void Escape(char32_t unit, std::string* text) {
    static const char* const kDigits[] = {"0123456789abcdef", "0123456789ABCDEF"};
    text->append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      text->push_back(kDigits[Below(2)][(unit >> shift) & 15U]);
    }
  }

  void Spell(const std::vector<char32_t>& characters, std::string* text) {
    text->push_back('"');
    for (const char32_t character : characters) {
      const bool must_escape = character < 0x20 || character == '"' || character == '\\';
      if (character == '\n' && Below(2) == 0) {
        text->append("\\n");
      } else if ((character == '"' || character == '\\' || character == '/') && Below(2) == 0) {
        text->push_back('\\');
        text->push_back(static_cast<char>(character));
      } else if (!must_escape && Below(3) != 0) {
        AppendUtf8(character, text);
      } else if (character >= 0x10000) {
        Escape(0xD800 + ((character - 0x10000) >> 10), text);
        Escape(0xDC00 + ((character - 0x10000) & 0x3FF), text);
      } else {
        Escape(character, text);
      }
    }
    text->push_back('"');
  }

  void SpellNumber(const Node& node, std::string* text) {
    std::string digits = node.literal;
    int exponent = node.exponent;
    for (unsigned i = Below(4); i > 0; --i, --exponent) digits.push_back('0');
    const std::size_t sign = digits[0] == '-' ? 1 : 0;
    if (Below(2) == 0) {
      const auto places = Below(static_cast<unsigned>(digits.size() - sign));
      if (places > 0) digits.insert(digits.size() - places, ".");
      exponent += static_cast<int>(places);
    }
    text->append(digits);
    if (exponent == 0 && Below(2) == 0) return;
    text->push_back("eE"[Below(2)]);
    if (exponent >= 0 && Below(2) == 0) text->push_back('+');
    text->append(std::to_string(exponent));
  }

  void SpellContainer(const Node& node, std::string* text) {
    const bool is_object = node.kind == Node::Kind::kObject;
    std::vector<std::size_t> order(node.elements.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (is_object) std::shuffle(order.begin(), order.end(), random_);
    text->push_back(is_object ? '{' : '[');
    Space(text);
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0) text->push_back(',');
      Space(text);
      if (is_object) {
        Spell(node.names[order[i]], text);
        Space(text);
        text->push_back(':');
        Space(text);
      }
      Spell(node.elements[order[i]], text);
      Space(text);
    }
    text->push_back(is_object ? '}' : ']');
  }

  void Spell(const Node& node, std::string* text) {
    switch (node.kind) {
      case Node::Kind::kLiteral:
        text->append(node.literal);
        return;
      case Node::Kind::kNumber:
        return SpellNumber(node, text);
      case Node::Kind::kString:
        return Spell(node.text, text);
      case Node::Kind::kArray:
      case Node::Kind::kObject:
        return SpellContainer(node, text);
    }
  }

  std::mt19937 random_;
};

}  // namespace oncegate
