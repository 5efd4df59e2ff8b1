#!/bin/bash
# Before the server stops: time for clients and Services to hear that it is going. ZooKeeper has no command that hands
# leadership over; followers elect a new leader when the connection to the old one closes.
sleep 5
