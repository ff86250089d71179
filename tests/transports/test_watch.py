"""Whether a thread works or waits, as the clock needs to know before it moves."""

import queue
import selectors
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_lightsail.transports.threads import Watch


def soon(condition):
    """Wait until a condition holds, which it does in a moment."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def waits(thread):
    return Watch().waits(thread)


@pytest.fixture
def start():
    """Starts threads, and sees to their end."""
    threads = []

    def start(target):
        thread = threading.Thread(target=target)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_thread_that_has_not_begun_works():
    assert not waits(threading.Thread())


def test_thread_that_has_ended_waits(start):
    thread = start(int)
    thread.join()

    assert waits(thread)


def test_thread_that_computes_works(start):
    done = threading.Event()

    def compute():
        while not done.is_set():
            pass

    thread = start(compute)
    try:
        assert not any(waits(thread) for _ in range(20))
    finally:
        done.set()


def test_thread_waits_for_an_event_until_it_is_set(start):
    event = threading.Event()
    thread = start(event.wait)
    soon(lambda: waits(thread))

    with event._cond:
        event._cond.notify_all()

        # It cannot run before this block ends, but it is known that it is going to.
        assert not waits(thread)
    event.set()


def test_thread_waits_for_a_queue(start):
    tasks = queue.Queue()
    thread = start(tasks.get)
    soon(lambda: waits(thread))

    with tasks.not_empty:
        tasks.not_empty.notify()
        assert not waits(thread)
    tasks.put("task")


def test_thread_waits_for_the_end_of_another(start):
    event = threading.Event()
    first = start(event.wait)
    second = start(first.join)
    soon(lambda: waits(second))

    event.set()
    second.join(30)
    assert not second.is_alive()


def test_thread_waits_for_a_lock_after_a_while(start):
    lock = threading.Lock()

    def take():
        with lock:
            pass

    with lock:
        thread = start(take)
        watch = Watch()
        assert not watch.waits(thread)
        soon(lambda: watch.look() or watch.waits(thread))


def test_thread_waits_for_what_comes_in(start):
    ours, theirs = socket.socketpair()
    with ours, theirs, selectors.DefaultSelector() as selector:
        selector.register(ours, selectors.EVENT_READ)
        thread = start(selector.select)
        soon(lambda: waits(thread))

        theirs.send(b"well")
        thread.join(30)
        assert not thread.is_alive()


def test_threads_of_a_pool_wait_for_tasks():
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(int, range(10)))
        threads = list(pool._threads)

        soon(lambda: all(waits(thread) for thread in threads))


def test_thread_of_a_pool_with_a_task_works():
    done = threading.Event()

    def compute():
        while not done.is_set():
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(compute)
        (thread,) = pool._threads
        try:
            assert not any(waits(thread) for _ in range(20))
        finally:
            done.set()


def test_threads_of_a_pool_that_ends_work():
    pool = ThreadPoolExecutor(1)
    pool.submit(int).result()
    (thread,) = pool._threads
    soon(lambda: waits(thread))
    pool._shutdown = True

    assert not waits(thread)

    pool._shutdown = False
    pool.shutdown()
