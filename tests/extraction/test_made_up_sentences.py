"""Whatever is drafted stands in its text, and says the number that it is drafted with."""

import pytest

from tests.extraction.made_up_sentences import made_up_sentences, read, what_is_wrong


#: `make test-extraction` reads 20,000.
SENTENCE_COUNT = 300


def test_every_draft_stands_in_its_text_and_is_read_again_as_its_value():
    wrong = {
        sentence.text: found
        for sentence in made_up_sentences(SENTENCE_COUNT, seed=7)
        if (found := what_is_wrong(sentence, read(sentence)))
    }

    assert wrong == {}


@pytest.mark.parametrize("seed", range(3))
def test_a_draft_that_says_another_number_is_found_out(seed):
    sentence, other = made_up_sentences(2, seed=seed)

    # What was read in one sentence does not stand in the other.
    assert what_is_wrong(sentence, read(other)) != []
