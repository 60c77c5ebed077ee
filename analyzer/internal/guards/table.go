package guards

// table is filled by the overlay.
var table []Guard
