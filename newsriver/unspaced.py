"""Scripts that put no spaces between words: their letters, as the insides of character classes.

Combining marks are not among them; only the vowels that Unicode counts as letters are.
"""

IDEOGRAPHIC = "々〆ぁ-ゖゝ-ゟァ-ヺー-ヿㇰ-ㇿ㐀-䶿一-鿿豈-龎\U00020000-\U0003ffff"
"""Chinese and Japanese."""
SYLLABIC = "ก-ะาำเ-ๆກ-ະາຳເ-ໆက-ဪဿၐ-ၕក-ឳ"
"""Thai, Lao, Burmese and Khmer."""
UNSPACED = IDEOGRAPHIC + SYLLABIC
