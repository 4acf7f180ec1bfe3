from producers.http.outage import MAX_HOSTS, MIN_HOSTS, WINDOW_S, OutageDetector


def detector(failed: int, answered: int, at: float = 0.0) -> OutageDetector:
    made = OutageDetector()
    for number in range(answered):
        made.answered(f"up{number}.example", at)
    for number in range(failed):
        made.unreachable(f"down{number}.example", at)
    return made


def test_all_hosts_down_at_once_is_our_outage() -> None:
    assert detector(MIN_HOSTS, 0).suspected(1)
    assert detector(20, 2).suspected(1)


def test_few_hosts_prove_nothing() -> None:
    assert not detector(MIN_HOSTS - 1, 0).suspected(1)


def test_while_others_answer_the_hosts_are_to_blame() -> None:
    assert not detector(MIN_HOSTS, 5).suspected(1)


def test_old_failures_are_forgotten() -> None:
    assert not detector(MIN_HOSTS, 0).suspected(WINDOW_S + 1)


def test_a_host_that_answers_again_ends_it() -> None:
    made = detector(MIN_HOSTS, 0)
    made.answered("down0.example", 1)
    assert not made.suspected(2)


def test_the_memory_is_bounded() -> None:
    made = detector(0, 3 * MAX_HOSTS)
    for number in range(MAX_HOSTS):
        made.unreachable(f"later{number}.example", 1)
    assert made.suspected(2)
