#!/bin/bash
# Before the server stops: time for clients and Services to hear that it is going. A broker hands leadership over by
# itself once it is told to stop (controlled shutdown), and a controller that leads resigns.
sleep 5
