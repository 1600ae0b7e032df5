"""The same with confluent-kafka, kafka-python and aiokafka; what the broker does not have ends at once."""

import asyncio
import sys
import time

import aiokafka
import confluent_kafka
import kafka

BROKER = sys.argv[1]
MESSAGES = 50
FINAL_WITHIN_S = 10


def confluent():
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": BROKER, "enable.idempotence": True, "compression.type": "lz4"}
    )
    for number in range(MESSAGES):
        producer.produce("confluent", key=str(number), value=f"v{number}")
    assert producer.flush(30) == 0
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": BROKER, "group.id": "confluent", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe(["confluent"])
    values = set()
    while len(values) < MESSAGES:
        message = consumer.poll(1)
        if message is not None and not message.error():
            values.add(message.value())
    consumer.commit(asynchronous=False)
    consumer.close()


def without_transactions():
    started = time.monotonic()
    producer = confluent_kafka.Producer({"bootstrap.servers": BROKER, "transactional.id": "x"})
    try:
        producer.init_transactions(60)
    except confluent_kafka.KafkaException as error:
        assert error.args[0].fatal()
        assert time.monotonic() - started < FINAL_WITHIN_S
        return
    raise AssertionError("transactions were begun")


def without_the_new_group_protocol():
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": BROKER, "group.id": "new", "group.protocol": "consumer"}
    )
    consumer.subscribe(["confluent"])
    deadline = time.monotonic() + FINAL_WITHIN_S
    while time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is not None and message.error():
            assert message.error().code() == confluent_kafka.KafkaError._FATAL
            return
    raise AssertionError("no fatal error came")


def kafka_python():
    producer = kafka.KafkaProducer(bootstrap_servers=BROKER)
    for number in range(MESSAGES):
        producer.send("kafka-python", b"v%d" % number).get(30)
    consumer = kafka.KafkaConsumer(
        "kafka-python", bootstrap_servers=BROKER, group_id="kafka-python", auto_offset_reset="earliest"
    )
    values = set()
    for message in consumer:
        values.add(message.value)
        if len(values) == MESSAGES:
            break
    consumer.commit()
    consumer.close()
    producer.close()


async def aio():
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=BROKER)
    await producer.start()
    for number in range(MESSAGES):
        await producer.send_and_wait("aiokafka", b"v%d" % number)
    await producer.stop()
    consumer = aiokafka.AIOKafkaConsumer(
        "aiokafka", bootstrap_servers=BROKER, group_id="aiokafka", auto_offset_reset="earliest"
    )
    await consumer.start()
    values = set()
    async for message in consumer:
        values.add(message.value)
        if len(values) == MESSAGES:
            break
    await consumer.commit()
    await consumer.stop()


confluent()
without_transactions()
without_the_new_group_protocol()
kafka_python()
asyncio.run(aio())
